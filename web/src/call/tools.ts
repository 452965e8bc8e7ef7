/** Which call of a tool a frame of the application answers. */

import { type Content, type Frame, inside, textIn } from "./journal";

const ANSWERS = new Set(["llm:tool-output", "agent:tool-output"]);

/** The call that this frame means; jambonz may know no such command, and then the tool stays unanswered. */
export function toolMeant(content: Content): string | undefined {
  return textIn(content, "data", "item", "call_id") ?? textIn(content, "tool_call_id") ?? textIn(content, "data", "tool_call_id");
}

/** The call that is answered: by the command for it, or by an output inside an update of the model's session. */
export function toolAnswered(frame: Frame): string | undefined {
  if (frame.link !== "app" || frame.from !== "app" || frame.kind !== "command") return undefined;
  const output = inside(frame.frame, "data", "item", "type") === "function_call_output";
  return ANSWERS.has(textIn(frame.frame, "command") ?? "") || (textIn(frame.frame, "command") === "llm:update" && output) ? toolMeant(frame.frame) : undefined;
}
