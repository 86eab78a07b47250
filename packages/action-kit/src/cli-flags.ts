import type { InputSpec, InputSpecs } from './define.ts';
import { nearest } from './nearest.ts';

/** Where a secret is to be read from. */
export interface SecretSource {
  readonly input: string;
  readonly flag: string;
  readonly kind: 'file' | 'env';
  /** A path, or the name of a variable. */
  readonly from: string;
}

/** What a command line asks for. */
export interface CliFlags {
  readonly help: boolean;
  readonly outDir: string | null;
  /** Input name → text. */
  readonly texts: ReadonlyMap<string, string>;
  readonly secrets: readonly SecretSource[];
  /** One sentence for each thing that is wrong. None repeats a value: it may be a misplaced secret. */
  readonly problems: readonly string[];
}

/** Names of flags that belong to the command line, so that no input may have them. */
export const reservedFlags: readonly string[] = ['help', 'out-dir'];

type Flag =
  | { readonly kind: 'input'; readonly input: string; readonly spec: InputSpec }
  | { readonly kind: 'file' | 'env'; readonly input: string }
  | { readonly kind: 'refused'; readonly input: string }
  | { readonly kind: 'out-dir' };

/** Returns what the words after the command's name ask for. Never throws: see `problems`. */
export function parseFlags(specs: InputSpecs, argv: readonly string[]): CliFlags {
  const flags = flagsOf(specs);
  const texts = new Map<string, string>();
  const secrets: SecretSource[] = [];
  const problems: string[] = [];
  const seen = new Set<string>();
  let outDir: string | null = null;
  let help = false;

  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--help' || word === '-h') {
      help = true;
      continue;
    }
    const match = /^--([^=]+)(?:=(.*))?$/s.exec(word);
    const name = match?.[1];
    if (name === undefined) {
      problems.push(`argument ${String(index + 1)} is not a flag: every input is given as --name VALUE`);
      continue;
    }
    let value = match?.[2];
    const following = argv[index + 1];
    const flag = flags.get(name);
    if (flag?.kind === 'input' && flag.spec.type === 'boolean') {
      value ??= 'true';
    } else if (value === undefined && following !== undefined && isValue(following, flags, flag)) {
      value = following;
      index += 1;
    }

    if (flag === undefined) {
      const near = nearest(name, suggestions(flags));
      problems.push(`flag --${name} does not exist${near === null ? '' : `; did you mean --${near}?`}`);
    } else if (flag.kind === 'refused') {
      problems.push(
        `input "${flag.input}" is a secret and is not taken from the command line, where others can read it: ` +
          `give --${flag.input}-file PATH or --${flag.input}-env NAME`,
      );
    } else if (value === undefined) {
      problems.push(`flag --${name} has no value: give --${name} VALUE, or --${name}=VALUE where it begins with --`);
    } else if (flag.kind === 'input') {
      const before = texts.get(flag.input);
      if (before === undefined) texts.set(flag.input, value);
      else if (flag.spec.type === 'list') texts.set(flag.input, `${before},${value}`);
      else problems.push(`flag --${name} is given twice`);
    } else {
      const subject = flag.kind === 'out-dir' ? '--out-dir' : `input "${flag.input}"`;
      if (seen.has(subject)) problems.push(`${subject} is given twice`);
      seen.add(subject);
      if (value === '') problems.push(`flag --${name} has an empty value`);
      else if (flag.kind === 'out-dir') outDir = value;
      else secrets.push({ input: flag.input, flag: name, kind: flag.kind, from: value });
    }
  }
  return { help, outDir, texts, secrets, problems };
}

/** Returns the flags of a secret input. */
export function secretFlags(input: string): readonly [file: string, env: string] {
  return [`${input}-file`, `${input}-env`];
}

function flagsOf(specs: InputSpecs): ReadonlyMap<string, Flag> {
  const flags = new Map<string, Flag>([['out-dir', { kind: 'out-dir' }]]);
  for (const [input, spec] of Object.entries(specs)) {
    if (spec.type !== 'secret') {
      flags.set(input, { kind: 'input', input, spec });
      continue;
    }
    const [file, env] = secretFlags(input);
    flags.set(file, { kind: 'file', input });
    flags.set(env, { kind: 'env', input });
    flags.set(input, { kind: 'refused', input });
  }
  return flags;
}

/** Whether the word after a flag is its value. After a refused secret it is, even where it looks like a flag. */
function isValue(word: string, flags: ReadonlyMap<string, Flag>, flag: Flag | undefined): boolean {
  if (!word.startsWith('--')) return true;
  return flag?.kind === 'refused' && !flags.has(word.slice(2).split('=')[0] ?? '');
}

function suggestions(flags: ReadonlyMap<string, Flag>): readonly string[] {
  return ['help', ...[...flags].filter(([, flag]) => flag.kind !== 'refused').map(([name]) => name)];
}
