import * as z from "zod/mini";

/** Longer messages are cut, not refused. In characters. */
const MAX_MESSAGE = 500;

const REPORT = z.object({
  status: z.optional(z.enum(["normal", "warning", "error", "unknown"])),
  code: z.optional(z.int().check(z.positive())),
  message: z.optional(z.pipe(
    z.string().check(z.minLength(1)),
    z.transform((text: string) => text.slice(0, MAX_MESSAGE)),
  )),
  measurements: z.optional(z.record(z.string(), z.number())),
});

/** What a monitoring program reports besides its exit status. */
export type ScriptReport = z.infer<typeof REPORT>;

/** The report in the last line of the output that is a JSON object, or undefined when there is none or it is wrong. */
export function parseReport(stdout: string): ScriptReport | undefined {
  const line = stdout.split("\n").map((text) => text.trim()).findLast((text) => text.startsWith("{"));
  if (line === undefined) return undefined;
  try {
    return REPORT.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
