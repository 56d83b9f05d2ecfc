/**
 * What the catalogue knows of one number.
 *
 * @module
 */
import type { Area } from "./areas.ts";

/** One thing that may be behind a number. */
export interface Cause {
  /** One sentence: what is the case. */
  what: string;
  /** What a message looks like when this is it. Left out: no message shows it. */
  sign?: RegExp;
  /** Where it lies. Left out: every type that gives the number can meet it. */
  area?: Area;
  /** How to find out whether it is. */
  check: string;
  /** What makes it work. */
  remedy: string;
}

/** One number. */
export interface CodeEntry {
  code: number;
  /** A few words. */
  title: string;
  /** What it says, and what it leaves open. */
  meaning: string;
  /** Who can give it: types as `resource aws-vip`, `agent`, or `command line`; `every` stands for all types. */
  from: readonly string[];
  /** The likeliest first. */
  causes: readonly Cause[];
  /** Commands that help. */
  commands: readonly string[];
  /** Rows of chapter 7 of the guide, by their id in `guide_rows.ts`. */
  guide: readonly string[];
}
