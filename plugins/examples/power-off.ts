/**
 * A fence of one's own: turns a server off by the management controller of its board (IPMI). For machines of your own
 * beside EC2.
 *
 *     plugins:
 *       power-off: { allow: { run: ipmitool } }
 *     fence:
 *       type: power-off
 *       user: baton
 *       passwordFile: /etc/baton/ipmi
 *       individually:
 *         server1: { controller: 10.0.9.1 }
 *         server2: { controller: 10.0.9.2 }
 */

interface Options {
  controller: string;
  user: string;
  passwordFile: string;
  program: string;
}

interface Context {
  options: Options;
  targetOptions: Options;
  target: string;
  signal: AbortSignal;
  exec(command: [string, ...string[]]): Promise<{ status: number; stdout: string; stderr: string }>;
}

/** Between two questions whether it is off. In milliseconds. */
const POLL_MS = 500;

export default {
  kind: "fence" as const,
  description: "Turns a silent server off by its management controller (IPMI), and asks until it is off.",
  options: {
    controller: {
      type: "address" as const,
      required: true,
      distinct: true,
      description: "the controller of the server",
    },
    user: { type: "string" as const, required: true, description: "who may turn it off" },
    passwordFile: { type: "path" as const, required: true, description: "a file with the password, for root only" },
    program: { type: "string" as const, default: "ipmitool", description: "ipmitool, or its path" },
  },
  defaults: { intervalMs: 60_000, timeoutMs: 60_000 },

  async ready(context: Context) {
    const state = await powerOf(context);
    return { status: "normal" as const, message: `the controller of ${context.target} answers: it is ${state}` };
  },

  async stop(context: Context) {
    if (await powerOf(context) === "on") await ask(context, ["power", "off"]);
    // Told to stop is not stopped.
    while (await powerOf(context) === "on") await pause(POLL_MS, context.signal);
    return `the controller ${context.targetOptions.controller} says that ${context.target} is off`;
  },
};

async function powerOf(context: Context): Promise<"on" | "off"> {
  const said = await ask(context, ["power", "status"]);
  const [, state] = /is (on|off)\s*$/i.exec(said) ?? [];
  // What is neither is no proof of anything.
  if (state === undefined) {
    throw new Error(`the controller of ${context.target} said ${JSON.stringify(said.slice(0, 80))}`);
  }
  return state.toLowerCase() as "on" | "off";
}

async function ask({ targetOptions, exec, signal }: Context, words: string[]): Promise<string> {
  signal.throwIfAborted();
  const { controller, user, passwordFile, program } = targetOptions;
  // The password is read from the file by the program itself: arguments are seen by everybody.
  const how = ["-I", "lanplus", "-H", controller, "-U", user, "-f", passwordFile];
  const { status, stdout, stderr } = await exec([program, ...how, "chassis", ...words]);
  if (status !== 0) throw new Error(`${program} ended with status ${status}: ${stderr.trim().slice(0, 300)}`);
  return stdout;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
