// What a line is by what stands before it: the first of a day, one more of the same person's, inside a block of code.

const APART = 300; // seconds after which a person's next line has a head again
const FENCE = /^\s*```/u;
const MOST_BETWEEN = 50; // lines of others that may come into somebody's block of code

/** Mark a line that was put in, and those behind it that it changes. */
export function settle(node) {
	mark(node);
	if (node.nextElementSibling) mark(node.nextElementSibling);
	for (let each = node; each && markFence(each); ) each = nextOf(each, "nextElementSibling");
}

function mark(node) {
	const before = node.previousElementSibling;
	const isNewDay = Boolean(node.dataset.day) && node.dataset.day !== before?.dataset.day;
	const isSame = !isNewDay && Boolean(node.dataset.name) && node.dataset.name === before?.dataset.name;
	node.classList.toggle("newday", isNewDay);
	node.classList.toggle("more", isSame && node.dataset.time - before.dataset.time < APART);
}

/** Mark whether a line is in a block of code. True where the next one of that person has to be looked at again. */
function markFence(node) {
	if (!node.dataset.name) return false;
	const before = nextOf(node, "previousElementSibling");
	const isNear = before && Math.abs(node.dataset.time - before.dataset.time) < APART;
	const isIn = Boolean(isNear && before.dataset.fence);
	const text = node.querySelector(".text").textContent;
	const isMark = FENCE.test(text) && !FENCE.test(text.replace(FENCE, "")) && !node.querySelector("code");
	const [was, fence] = [node.dataset.fence ?? "", isIn !== isMark ? "open" : ""];
	if (fence) node.dataset.fence = fence;
	else delete node.dataset.fence;
	node.classList.toggle("code", isIn || isMark);
	node.classList.toggle("fence", isMark);
	return was !== fence;
}

/** The same person's line before or behind one, if it is near. */
function nextOf(node, direction) {
	let each = node[direction];
	for (let count = 0; each && count < MOST_BETWEEN; count++, each = each[direction]) {
		if (each.dataset.name === node.dataset.name) return each;
	}
	return null;
}
