/**
 * GET on this machine's own loopback, whatever proxies the environment of the demo names.
 *
 * @module
 */
import { Agent, request } from "node:http";

/** The JSON of an answer with 200; rejects with everything else, and after `ms` milliseconds. */
export function askDirectly(url: string, ms: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const withoutProxies = { keepAlive: false, proxyEnv: {} };
    const question = request(url, { agent: new Agent(withoutProxies), signal: AbortSignal.timeout(ms) }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("error", reject);
      answer.on("data", (part: string) => text += part);
      answer.on("end", () => {
        try {
          if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
          resolve(JSON.parse(text));
        } catch (thrown) {
          reject(thrown);
        }
      });
      answer.on("close", () => reject(new Error(`${url}: the answer broke off`)));
    });
    question.on("error", reject);
    question.end();
  });
}
