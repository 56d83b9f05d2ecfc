import { z } from "zod";

const REPORT = z.object({
  status: z.enum(["normal", "warning", "error", "unknown"]).optional(),
  code: z.number().int().positive().optional(),
  message: z.string().min(1).transform((text) => text.slice(0, 500)).optional(),
  measurements: z.record(z.string(), z.number()).optional(),
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
