export { endsPromptly, PROMPT_MS } from "../../core/plugin/conformance/prompt.ts";
