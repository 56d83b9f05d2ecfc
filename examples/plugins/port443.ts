/**
 * A monitor of one's own: does port 443 of the regional EC2 endpoint listen?
 *
 * Put this file into a folder `plugins` beside `cluster.yaml` and write
 *
 *     monitors:
 *       endpoint:
 *         type: port443
 *
 * It imports nothing, so it works wherever it lies. The file's name is the type's name.
 */

interface Context {
  options: { region?: string; host?: string; port: number; connectTimeout: number };
  signal: AbortSignal;
  imds: { region(options: { signal: AbortSignal }): Promise<string> };
  tcp: { connect(host: string, port: number, options: { signal: AbortSignal }): Promise<number> };
}

export default {
  kind: "monitor" as const,
  description: "Checks that the regional EC2 endpoint accepts connections on port 443.",
  options: {
    region: {
      type: "string" as const,
      description: "region of the endpoint, such as ap-northeast-1; left out: the one this server is in",
      pattern: { test: /^[a-z]{2}(-[a-z]+)+-\d+$/, expected: "the name of a region, such as ap-northeast-1" },
    },
    host: {
      type: "string" as const,
      description: "another endpoint, such as a VPC endpoint's name; then region counts for nothing",
    },
    port: { type: "integer" as const, default: 443, min: 1, max: 65_535, description: "TCP port of the endpoint" },
    connectTimeout: {
      type: "duration" as const,
      default: "5s",
      min: 10,
      max: 60_000,
      description: "how long the connection may take",
    },
  },
  defaults: { intervalMs: 60_000, timeoutMs: 30_000, retries: 1, timing: "always" as const },

  async check({ options, signal, imds, tcp }: Context) {
    const host = options.host ?? endpointOf(options.region ?? await imds.region({ signal }));
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new DOMException("no answer", "TimeoutError")),
      options.connectTimeout,
    );
    try {
      const connectMs = await tcp.connect(host, options.port, { signal: AbortSignal.any([signal, deadline.signal]) });
      const message = `port ${options.port} of ${host} listens`;
      return { status: "normal" as const, message, measurements: { connectMs } };
    } catch (error) {
      // The check as a whole was called off: that says nothing about the endpoint.
      signal.throwIfAborted();
      // What this server could not even try (its name service is down, say) is thrown on and becomes "unknown".
      if ((error as { uncertain?: boolean }).uncertain) throw error;
      const message = `port ${options.port} of ${host} does not listen: ${(error as Error).message}`;
      return { status: "error" as const, code: 6, message };
    } finally {
      clearTimeout(timer);
    }
  },
};

function endpointOf(region: string): string {
  const domains: Record<string, string> = { cn: "amazonaws.com.cn", eusc: "amazonaws.eu" };
  return `ec2.${region}.${domains[region.split("-")[0]!] ?? "amazonaws.com"}`;
}
