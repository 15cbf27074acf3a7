// The lists at both sides, which are drawers on a phone.

import {$} from "./dom.js";

const PARTS = [["side", "side-open"], ["people-part", "people-open"]];

function drawer(which) {
	for (const [part, button] of PARTS) {
		const isOpen = part === which && !$(part).classList.contains("open");
		$(part).classList.toggle("open", isOpen);
		$(button).ariaExpanded = isOpen;
		if (isOpen) $(part).querySelector("button")?.focus();
	}
	$("curtain").hidden = !document.querySelector(".open");
}

export const closeDrawers = () => drawer(null);

$("side-open").onclick = () => drawer("side");
$("people-open").onclick = () => {
	if (matchMedia("(max-width: 900px)").matches) drawer("people-part");
	else $("chat").classList.toggle("alone");
};
$("curtain").onclick = closeDrawers;
