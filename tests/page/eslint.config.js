// The rules for the page's scripts and their tests.

import js from "@eslint/js";
import globals from "globals";

// What others wrote becomes text nodes only.
const NEVER = ["innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe", "srcdoc"];

export default [
	js.configs.recommended,
	{
		linterOptions: {reportUnusedDisableDirectives: "error"},
		rules: {
			complexity: ["error", 16],
			eqeqeq: "error",
			"max-len": ["error", {code: 120, tabWidth: 4}],
			"max-lines": ["error", 400],
			"max-lines-per-function": ["error", 60],
			"no-eval": "error",
			"no-implicit-coercion": "error",
			"no-restricted-properties": ["error", ...NEVER.map((property) => ({property}))],
			"no-shadow": "error",
			"no-var": "error",
			"object-shorthand": "error",
			"prefer-const": "error",
			"prefer-template": "error",
			"require-await": "error",
		},
	},
	{files: ["twistchat/**/*.js"], languageOptions: {globals: globals.browser}},
	{
		files: ["tests/page/**/*.js"],
		languageOptions: {globals: {...globals.node, ...globals.browser}},
		rules: {"max-lines-per-function": "off"},
	},
	{files: ["tests/support/*.cjs"], languageOptions: {sourceType: "commonjs", globals: globals.node}},
];
