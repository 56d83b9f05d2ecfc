/**
 * The way to AWS as it is configured on this server: which proxy, what is asked without it, whose certificates count.
 *
 * @module
 */
import { findWay, shownProxy, trusted } from "../aws/way.ts";
import type { AwsConfig } from "../config/config.ts";
import { type Finding, findingOfThrown, fine } from "../plugin/finding.ts";

const SUBJECT = "way to AWS";

/** Also when all of it is as everywhere, so that nobody has to guess. */
export function wayFindings({ way }: Pick<AwsConfig, "way">): Finding[] {
  try {
    const found = findWay(way);
    trusted(found);
    const without = found.exceptions.length === 0 ? "" : `, but ${found.exceptions.join(", ")} straight (NO_PROXY)`;
    const asked = found.proxy === undefined
      ? "AWS is asked straight, without a proxy"
      : `AWS is asked by the proxy ${shownProxy(found.proxy)}${without}`;
    const bundles = found.bundles.map(({ file, source }) => `${file} (${source})`);
    const also = bundles.length === 0 ? "" : ` and those of ${bundles.join(" and ")}`;
    return [fine(SUBJECT, `${asked}; the well-known CAs${also} are trusted`)];
  } catch (thrown) {
    return [findingOfThrown(SUBJECT, thrown, true)];
  }
}
