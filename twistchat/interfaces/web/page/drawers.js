// The lists at both sides, which are drawers on a phone.

import {$} from "./dom.js";

const PARTS = [["side", "side-open"], ["people-part", "people-open"]];
const narrow = matchMedia("(max-width: 900px)");

/** Have one part open as a drawer, or none: nothing behind it can be reached, and then the focus is where it was. */
function open(which) {
	const focused = document.activeElement;
	$("room").inert = which !== null;
	$("curtain").hidden = which === null;
	for (const [part, button] of PARTS) {
		const wasOpen = $(part).classList.contains("open");
		$(part).classList.toggle("open", part === which);
		if (part === which) ($(part).querySelector("button:enabled") ?? $(part)).focus();
		else if (wasOpen && $(part).contains(focused)) $(button).focus();
	}
	tell();
}

/** Tell which parts are seen: in a wide window both, unless the people are put away. */
function tell() {
	for (const [part, button] of PARTS) $(button).ariaExpanded = getComputedStyle($(part)).visibility === "visible";
}

export const closeDrawers = () => open(null);

$("side-open").onclick = () => open("side");
$("people-open").onclick = () => {
	if (narrow.matches) return open("people-part");
	$("chat").classList.toggle("alone");
	tell();
};
$("curtain").onclick = closeDrawers;
narrow.onchange = closeDrawers;
