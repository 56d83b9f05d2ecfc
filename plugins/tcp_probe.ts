import type { PluginContext } from "../core/plugin/contract.ts";
import { withDeadline } from "../core/plugin/deadline.ts";
import { faultVerdict } from "../core/plugin/fault_verdict.ts";
import type { OptionSpecs } from "../core/plugin/options.ts";
import { normal, type Verdict } from "../core/plugin/verdict.ts";

/** Options of a TCP probe. */
export interface TcpOptions {
  host: string;
  port: number;
  connectTimeout: number;
}

/** Their declaration. */
export function tcpOptions(what: string, connectTimeout: string): OptionSpecs {
  return {
    host: { type: "string", required: true, description: `name or address of ${what}` },
    port: { type: "integer", required: true, min: 1, max: 65_535, description: "TCP port to connect to" },
    connectTimeout: {
      type: "duration",
      default: connectTimeout,
      min: 10,
      max: 60_000,
      description: "how long the connection may take",
    },
  };
}

/** Connects and closes: normal with `connectMs`; an error when refused or silent; unknown when it could not try. */
export async function tcpProbe(context: PluginContext<TcpOptions>): Promise<Verdict> {
  const { options: { host, port, connectTimeout }, signal, tcp } = context;
  try {
    const connectMs = await withDeadline(
      signal,
      connectTimeout,
      (both) => tcp.connect(host, port, { signal: both }),
    );
    return normal(`port ${port} of ${host} accepts connections`, { connectMs });
  } catch (error) {
    signal.throwIfAborted();
    return faultVerdict(error);
  }
}
