import type { InputSpec, InputSpecs, InputValues } from './define.ts';
import { allowedValue } from './input-types.ts';
import { nearest } from './nearest.ts';
import { type ParsePlace, parseValue } from './parse-value.ts';

/** Either all values, or one sentence for each thing that is wrong, never an empty list of them. */
export type ParsedInputs<Specs extends InputSpecs> =
  | { readonly ok: true; readonly values: InputValues<Specs> }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Returns the typed values of all inputs. Missing, empty and blank texts are all absent: then the default counts. An
 * absent list is empty, an absent boolean false, any other absent input undefined. Durations become milliseconds,
 * paths absolute.
 */
export function parseInputs<Specs extends InputSpecs>(
  specs: Specs,
  texts: ReadonlyMap<string, string>,
  place: ParsePlace,
): ParsedInputs<Specs> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  const names = Object.keys(specs);
  for (const name of texts.keys()) {
    if (Object.hasOwn(specs, name)) continue;
    const near = nearest(name, names);
    problems.push(`input "${name}" does not exist${near === null ? '' : `; did you mean "${near}"?`}`);
  }
  for (const [name, spec] of Object.entries(specs)) {
    const text = givenText(texts.get(name)) ?? defaultOf(spec);
    if (text === undefined) {
      if (spec.required === true) problems.push(missing(name, spec));
      values[name] = spec.type === 'list' ? [] : spec.type === 'boolean' ? false : undefined;
      continue;
    }
    const parsed = parseValue(spec, text, place);
    if ('problem' in parsed) problems.push(`input "${name}": ${parsed.problem}`);
    else values[name] = parsed.value;
  }
  if (problems.length > 0) return { ok: false, problems };
  // Every name of Specs was given the value that its own type asks for, which only the loop above can know.
  return { ok: true, values: values as InputValues<Specs> };
}

/** Returns the text when there is one: GitHub gives an input that is not set as an empty text. */
export function givenText(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}

/** Returns the default of an input as its definition writes it. */
export function defaultOf(spec: InputSpec): string | undefined {
  return 'default' in spec ? spec.default : undefined;
}

function missing(name: string, spec: InputSpec): string {
  const wanted = spec.type === 'string' || spec.type === 'secret' ? '' : `, ${allowedValue(spec)}`;
  return `input "${name}" is missing: it is required${wanted}`;
}
