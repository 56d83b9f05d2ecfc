/**
 * A monitor of one's own: what a service says of its own health.
 *
 * Put this file into a folder `plugins` beside `cluster.yaml` and write
 *
 *     monitors:
 *       healthw1: { type: http-health, url: "http://127.0.0.1:8080/health" }
 */

interface Context {
  options: { url: string; slowMs: number };
  signal: AbortSignal;
  http: { request(url: string): Promise<{ status: number; text: string; answerMs: number }> };
}

export default {
  kind: "monitor" as const,
  description: "Asks a service for its health: a JSON object whose status is ok, degraded or anything else.",
  options: {
    url: { type: "string" as const, required: true, description: "where it answers, such as http://127.0.0.1/health" },
    slowMs: { type: "integer" as const, default: 1_000, min: 1, description: "a slower answer is a warning, in ms" },
  },
  defaults: { intervalMs: 10_000, timeoutMs: 5_000, retries: 1, timing: "active" as const },

  async check({ options: { url, slowMs }, signal, http }: Context) {
    let answer: { status: number; text: string; answerMs: number };
    try {
      answer = await http.request(url);
    } catch (error) {
      // Called off, or not even tried: that says nothing about the service, so it is thrown on and becomes "unknown".
      if (signal.aborted || (error as { uncertain?: boolean }).uncertain) throw error;
      return { status: "error" as const, code: 5, message: (error as Error).message };
    }
    const { status, text, answerMs } = answer;
    const measurements = { answerMs };
    const said = healthIn(text);
    if (status >= 400 || (said !== "ok" && said !== "degraded")) {
      const message = `the service answered ${status} and calls itself ${said ?? "nothing"}`;
      return { status: "error" as const, code: 5, message, measurements };
    }
    if (said === "degraded" || answerMs > slowMs) {
      const message = said === "degraded" ? "the service calls itself degraded" : "the service answers slowly";
      return { status: "warning" as const, code: 5, message, measurements };
    }
    return { status: "normal" as const, message: "the service calls itself ok", measurements };
  },
};

function healthIn(text: string): string | undefined {
  try {
    const { status } = JSON.parse(text) as { status?: unknown };
    return typeof status === "string" ? status.slice(0, 40) : undefined;
  } catch {
    return undefined;
  }
}
