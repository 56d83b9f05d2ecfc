/**
 * The AWS CLI as a client that was written elsewhere.
 *
 * @module
 */
import { REGION } from "./moto.ts";
import { pythonEnv } from "./python_env.ts";

/** What one command may take; it starts in about a second. In milliseconds. */
const COMMAND_MS = 60_000;

/** What a command answered. */
export interface CliAnswer {
  status: number;
  /** Its output as JSON; null when it printed none. */
  // deno-lint-ignore no-explicit-any -- whatever EC2 says, as the CLI prints it.
  output: any;
  /** What it said on its standard error. */
  error: string;
}

/** `aws ec2 …` against one endpoint. */
export class AwsCli {
  /** Commands that were run. */
  commands = 0;

  /** `endpoint` as `http://127.0.0.1:PORT`; `env` with credentials. */
  constructor(private readonly endpoint: string, private readonly env: Record<string, string>) {}

  /** Runs `aws SERVICE WORDS…`. */
  async run(service: string, ...words: string[]): Promise<CliAnswer> {
    const { python } = await pythonEnv();
    this.commands += 1;
    const output = await new Deno.Command(python, {
      args: [
        "-m",
        "awscli",
        service,
        ...words,
        "--endpoint-url",
        this.endpoint,
        "--region",
        REGION,
        "--output",
        "json",
      ],
      clearEnv: true,
      env: cliEnv(this.env),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(COMMAND_MS),
    }).output();
    const decoder = new TextDecoder();
    const text = decoder.decode(output.stdout).trim();
    return {
      status: output.code,
      output: text === "" ? null : JSON.parse(text),
      error: decoder.decode(output.stderr).trim(),
    };
  }

  /** Runs `aws ec2 WORDS…`, which must succeed; resolves with what it printed. */
  async ec2(...words: string[]): Promise<CliAnswer["output"]> {
    const { status, output, error } = await this.run("ec2", ...words);
    if (status !== 0) throw new Error(`aws ec2 ${words.join(" ")} ended with ${status}: ${error}`);
    return output;
  }
}

/** Nothing of the user's own AWS; and no empty variables, which the CLI takes for names. */
function cliEnv(env: Record<string, string>): Record<string, string> {
  const system = ["PATH", "HOME", "SYSTEMROOT", "TMPDIR"].map((name) => [name, Deno.env.get(name)] as const);
  return Object.fromEntries(
    [...system, ...Object.entries(env), ["AWS_MAX_ATTEMPTS", "1"] as const].filter((one): one is [string, string] =>
      one[1] !== undefined && one[1] !== ""
    ),
  );
}
