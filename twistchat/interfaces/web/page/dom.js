// Nodes: found, made, filled.

export const $ = (id) => document.getElementById(id);
export const all = (selector) => document.querySelectorAll(selector);
export const onSubmit = (id, act) => ($(id).onsubmit = (event) => (event.preventDefault(), act()));

export function element(tag, className = "", ...children) {
	const node = document.createElement(tag);
	if (className) node.className = className;
	node.append(...children);
	return node;
}

/** A picture of those at the end of index.html. */
export function icon(name) {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
	use.setAttribute("href", `#i-${name}`);
	svg.setAttribute("aria-hidden", "true");
	svg.append(use);
	return svg;
}

/** A button that shows a picture alone; its label is read out, and seen where a mouse rests on it. */
export function iconButton(className, picture, label, press) {
	const button = element("button", className, icon(picture));
	Object.assign(button, {title: label, ariaLabel: label, onclick: press});
	return button;
}

/** A text that people chose: its direction does not reach what stands around it. */
export function isolated(text) {
	return element("bdi", "", text);
}

/** Show rows, if any has changed; the one that had the focus has it again, or what stands in its place. */
export function fill(list, values, row) {
	const rows = values.map(row);
	const old = [...list.children];
	if (rows.length === old.length && rows.every((each, at) => each.isEqualNode(old[at]))) return;
	const focused = list.contains(document.activeElement) && document.activeElement;
	const nameOf = (each) => each.querySelector("bdi").textContent;
	list.replaceChildren(...rows);
	if (!focused) return;
	const again = rows.find((each) => nameOf(each) === nameOf(focused.parentNode));
	const next = again ?? rows[Math.min(old.indexOf(focused.parentNode), rows.length - 1)];
	(next?.querySelector(`.${focused.className}:enabled`) ?? list.closest("[tabindex]"))?.focus();
}
