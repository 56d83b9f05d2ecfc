/**
 * Questions and answers, one line each.
 *
 * @module
 */
import { tell, UsageError } from "../command.ts";

/** One question. */
export interface Question {
  /** The option that answers it on the command line, without its dashes. */
  option: string;
  text: string;
  /** What an empty answer means; left out: there must be one. */
  suggestion?: string;
  /** What is wrong with an answer, a sentence; undefined: nothing. */
  problem?(answer: string): string | undefined;
}

/** Who answers. */
export interface Prompter {
  ask(question: Question): Promise<string>;
}

/** Wrong answers to one question before it is given up. */
const MAX_TRIES = 10;
/** The longest answer, in characters. */
const MAX_ANSWER = 4_096;

/** Takes the options first, then the suggestions; a question without either is an error that names the option. */
export class OptionPrompter implements Prompter {
  constructor(private readonly option: (name: string) => string | undefined) {}

  ask({ option, text, suggestion, problem }: Question): Promise<string> {
    const answer = this.option(option) ?? suggestion;
    if (answer === undefined) throw new UsageError(`--${option} is needed: ${text}`);
    const wrong = problem?.(answer);
    if (wrong !== undefined) throw new UsageError(`--${option} ${answer}: ${wrong}`);
    return Promise.resolve(answer);
  }
}

/** Takes the options, and asks a person for everything else. */
export class LinePrompter implements Prompter {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(
    private readonly option: (name: string) => string | undefined,
    input: ReadableStream<Uint8Array>,
    private readonly say: (text: string) => void = tell,
  ) {
    this.#reader = input.getReader();
  }

  async ask(question: Question): Promise<string> {
    const { option, text, suggestion, problem } = question;
    if (this.option(option) !== undefined) return await new OptionPrompter(this.option).ask(question);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      this.say(`${text}${suggestion === undefined ? "" : ` [${suggestion}]`}:`);
      const answer = await this.#line() || suggestion;
      const wrong = answer === undefined ? "an answer is needed" : problem?.(answer);
      if (answer !== undefined && wrong === undefined) return answer;
      this.say(`  ${wrong}`);
    }
    throw new UsageError(`${text}: no right answer in ${MAX_TRIES} tries; give it with --${option}`);
  }

  /** Lets go of the input. */
  close(): void {
    this.#reader.releaseLock();
  }

  async #line(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#reader.read();
      if (done) throw new UsageError("the input ended in the middle of the questions; give the answers as options");
      this.#text += this.#decoder.decode(value, { stream: true });
      if (this.#text.length > MAX_ANSWER) throw new UsageError("an answer is too long");
    }
    const end = this.#text.indexOf("\n");
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line.trim();
  }
}
