/** Links and headings of a page in Markdown, as GitHub shows it. */

/** A link to a place of the repository. */
export interface PageLink {
  target: string;
  line: number;
}

/** The relative links of a page. */
export function linksOf(page: string): PageLink[] {
  return prose(page).flatMap((text, index) =>
    [...text.replace(/`[^`]*`/g, (code) => " ".repeat(code.length)).matchAll(/\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g)]
      .map(([, target = ""]) => ({ target, line: index + 1 }))
      .filter(({ target }) => !/^[a-z]+:/.test(target))
  );
}

/** What its headings are called in links. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const text of prose(page)) {
    const heading = /^#{1,6}\s+(.*)$/.exec(text)?.[1];
    if (heading !== undefined) anchors.add(free(slug(heading), anchors));
    for (const [, id = ""] of text.matchAll(/<a id="([^"]+)">/g)) anchors.add(id);
  }
  return anchors;
}

/** The lines of a page, those of code emptied. */
function prose(page: string): string[] {
  let fence: string | undefined;
  return page.split("\n").map((line) => {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined;
      return "";
    }
    return fence === undefined ? line : "";
  });
}

function slug(heading: string): string {
  const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "").trim().toLowerCase();
  return text.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
}

function free(wanted: string, taken: ReadonlySet<string>): string {
  for (let count = 0;; count++) {
    const name = count === 0 ? wanted : `${wanted}-${count}`;
    if (!taken.has(name)) return name;
  }
}
