import { StringDecoder } from 'node:string_decoder';
import type { LogSink } from '../remote-ci.ts';

/** Turns the bytes of a log into text for a sink. */
export interface LogText {
  readonly take: (piece: Uint8Array) => Promise<void>;
  /** Gives what is left: a character that was cut off. */
  end(): Promise<void>;
  /** How many characters there were, those that were left out included. */
  characters(): number;
}

/**
 * @param skip so many characters at the beginning are left out
 * @param rewrite what becomes of the text before it is counted; `null` is its end
 */
export function decoded(sink: LogSink, skip: number, rewrite: (text: string | null) => string = asItIs): LogText {
  const decoder = new StringDecoder('utf8');
  let characters = 0;
  const give = async (text: string): Promise<void> => {
    const wanted = text.slice(Math.max(0, skip - characters));
    characters += text.length;
    if (wanted !== '') await sink(wanted);
  };
  return {
    take: (piece) => give(rewrite(decoder.write(Buffer.from(piece)))),
    end: async () => {
      await give(rewrite(decoder.end()));
      await give(rewrite(null));
    },
    characters: () => characters,
  };
}

function asItIs(text: string | null): string {
  return text ?? '';
}
