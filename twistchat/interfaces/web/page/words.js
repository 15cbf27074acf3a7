// What the page itself says. The server's sentences come in the language that it is asked for.

const TABLE = {
	en: {
		yourName: "Your name", comeIn: "Join", language: "Language", rooms: "Rooms", privates: "Private",
		otherRooms: "Other rooms", joinRoom: "Join a room", settings: "Settings", search: "Search",
		close: "Close", searchHint: "Words from:NAME since:2d", more: "Older results", people: "People",
		lines: "Messages", commands: "Commands", send: "Send", writeTo: "Write to {to}",
		notify: "Notify me of mentions and private messages",
		notifyInsecure: "Browsers show notifications only for pages over https or on this computer.",
		notifyDenied: "The browser does not allow notifications of this page.",
		notifyNone: "This browser shows no notifications of pages.", notifyOn: "Notifications are on.",
		sound: "A sound for mentions and private messages",
		leaveChat: "Leave the chat", invite: "Address and QR code for others",
		tryNow: "Try now", close1: "Close {name}", leave1: "Leave {name}",
		newLines: "{n} new lines", newLine: "1 new line", newHere: "New", goOnHere: "That is me. Go on here",
		connecting: "Connecting …", lost: "The connection is gone. Next try in {n} s.",
		stopped: "The server is stopping.", elsewhere: "You went on in another tab or window.",
		left: "You have left.", unread: "{n} unread", noAnswer: "The server does not answer. Try again.",
		noSocket: "The server answers, but no chat comes through at {host}. "
			+ "It may not know this address as its own, or a proxy may not pass WebSockets on.",
		perhaps: "The connection broke before this was answered; look before you send it again: {text}",
		joined: "{name} joined", joinedRoom: "{name} joined {room}", left1: "{name} left",
		leftRoom: "{name} left {room}",
		leftWhy: "{name} left: {text}", removed: "{name} was removed by the administrator. {text}",
		renamed: "{name} is now called {text}", topicset: "{name} set the topic: {text}", admin: "Administrator",
		everyone: "to everyone", found: "{n} found", around: "Show where it was said", you: "you",
		privately: "Private message from {name}: {text}",
		noRoom: "You are in no room. Join one to talk.", unsent: "Not sent: {text}",
		tooMany: "Too many lines are waiting to be sent. Try again when they are.",
		unkept: "This browser keeps nothing for this page. After a reload you join anew.",
		severalLines: "{n} lines: each is sent as a message",
		andLast: "{n} new lines. The last: {text}",
	},
	zh_CN: {
		yourName: "你的昵称", comeIn: "进入", language: "语言", rooms: "房间", privates: "私信", otherRooms: "其他房间",
		joinRoom: "加入房间", settings: "设置", search: "搜索", close: "关闭", searchHint: "关键词 from:昵称 since:2d",
		more: "更早的结果", people: "成员", lines: "消息", commands: "命令", send: "发送", writeTo: "发消息到 {to}",
		notify: "有人提到我或发来私信时通知我", notifyInsecure: "浏览器只允许 https 网页或本机网页发送通知。",
		notifyDenied: "浏览器不允许本页发送通知。", notifyNone: "此浏览器不支持网页通知。", notifyOn: "通知已开启。",
		sound: "有人提到我或发来私信时响一声",
		leaveChat: "离开", invite: "邀请别人：地址和二维码", tryNow: "立即重试", close1: "关闭 {name}", leave1: "离开 {name}",
		newLines: "{n} 条新消息", newLine: "1 条新消息", newHere: "以下是新消息", goOnHere: "是我，在这里继续",
		connecting: "正在连接……", lost: "连接已断开，{n} 秒后重试。", stopped: "服务器暂停服务。",
		elsewhere: "你已在另一个标签页或窗口中继续。", left: "你已离开。", unread: "{n} 条未读",
		noAnswer: "服务器没有回应，请重试。",
		noSocket: "服务器有回应，但无法通过 {host} 聊天：服务器可能不认得此地址，或者代理没有转发 WebSocket。",
		perhaps: "未收到回应连接就断开了，重发前请先确认是否已发出：{text}",
		joined: "欢迎 {name} 进入聊天室", joinedRoom: "{name} 进入了 {room}", left1: "{name} 退出了聊天室",
		leftRoom: "{name} 退出了 {room}", leftWhy: "{name} 退出了：{text}",
		removed: "{name} 被管理员移出了聊天室。{text}", renamed: "{name} 改名为 {text}",
		topicset: "{name} 设置了主题：{text}", admin: "管理员", everyone: "对所有人",
		found: "找到 {n} 条", around: "查看上下文", you: "你", privately: "{name} 发来私信：{text}",
		noRoom: "你不在任何房间里，请先加入一个房间。", unsent: "未发送：{text}",
		tooMany: "等待发送的内容太多，请稍后再试。", unkept: "浏览器不允许本页保存数据，刷新后需要重新进入。",
		severalLines: "共 {n} 行，将逐行分条发送",
		andLast: "{n} 条新消息。最后一条：{text}",
	},
	zh_TW: {
		yourName: "你的暱稱", comeIn: "進入", language: "語言", rooms: "房間", privates: "私訊", otherRooms: "其他房間",
		joinRoom: "加入房間", settings: "設定", search: "搜尋", close: "關閉", searchHint: "關鍵字 from:暱稱 since:2d",
		more: "更早的結果", people: "成員", lines: "訊息", commands: "指令", send: "傳送", writeTo: "傳訊息到 {to}",
		notify: "有人提到我或傳來私訊時通知我", notifyInsecure: "瀏覽器只允許 https 網頁或本機網頁顯示通知。",
		notifyDenied: "瀏覽器不允許本頁顯示通知。", notifyNone: "此瀏覽器不支援網頁通知。", notifyOn: "通知已開啟。",
		sound: "有人提到我或傳來私訊時響一聲",
		leaveChat: "離開", invite: "邀請別人：網址和 QR Code", tryNow: "立即重試", close1: "關閉 {name}", leave1: "離開 {name}",
		newLines: "{n} 則新訊息", newLine: "1 則新訊息", newHere: "以下是新訊息", goOnHere: "是我，在這裡繼續",
		connecting: "正在連線……", lost: "連線已中斷，{n} 秒後重試。", stopped: "伺服器暫停服務。",
		elsewhere: "你已在另一個分頁或視窗中繼續。", left: "你已離開。", unread: "{n} 則未讀",
		noAnswer: "伺服器沒有回應，請重試。",
		noSocket: "伺服器有回應，但無法透過 {host} 聊天：伺服器可能不認得此位址，或者代理沒有轉送 WebSocket。",
		perhaps: "未收到回應連線就中斷了，重傳前請先確認是否已送出：{text}",
		joined: "歡迎 {name} 進入聊天室", joinedRoom: "{name} 進入了 {room}", left1: "{name} 退出了聊天室",
		leftRoom: "{name} 退出了 {room}", leftWhy: "{name} 退出了：{text}",
		removed: "{name} 被管理員移出了聊天室。{text}", renamed: "{name} 改名為 {text}",
		topicset: "{name} 設定了主題：{text}", admin: "管理員", everyone: "對所有人",
		found: "找到 {n} 則", around: "查看前後訊息", you: "你", privately: "{name} 傳來私訊：{text}",
		noRoom: "你不在任何房間裡，請先加入一個房間。", unsent: "未傳送：{text}",
		tooMany: "等待傳送的內容太多，請稍後再試。", unkept: "瀏覽器不允許本頁儲存資料，重新整理後需要重新進入。",
		severalLines: "共 {n} 行，將逐行分則傳送",
		andLast: "{n} 則新訊息。最後一則：{text}",
	},
};

export const LANGUAGES = {en: "English", zh_CN: "简体中文", zh_TW: "繁體中文"};
let words = TABLE.en;

/** The first of the browser's languages that there is here. */
export function preferred(wanted) {
	for (const tag of wanted) {
		if (/^zh\b.*\b(hant|tw|hk|mo)\b/i.test(tag)) return "zh_TW";
		if (/^zh\b/i.test(tag)) return "zh_CN";
		if (/^en\b/i.test(tag)) return "en";
	}
	return "en";
}

export function speak(code) {
	words = TABLE[code] || TABLE.en;
}

/** A sentence as text. */
export function say(key, data = {}) {
	return words[key].replace(/\{(\w+)\}/g, (_, name) => data[name] ?? "");
}

/** A sentence as nodes, for what people chose themselves; each is isolated from the others' direction. */
export function parts(key, data) {
	return words[key].split(/(\{\w+\})/).map((part) => {
		const name = /^\{(\w+)\}$/.exec(part);
		if (!name) return document.createTextNode(part);
		const node = data[name[1]];
		if (node instanceof Node) return node;
		const isolated = document.createElement("bdi");
		isolated.textContent = node ?? "";
		return isolated;
	});
}
