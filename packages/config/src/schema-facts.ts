import type { Path } from './path.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** What the JSON Schema says of one place. */
export interface SchemaFacts {
  readonly description: string | null;
  /** The keys that may stand there; empty where it is no mapping of fixed keys. */
  readonly keys: readonly string[];
}

/** Returns what a JSON Schema says of the value at a path; of several branches, all of it. */
export function factsAt(schema: JsonSchema, path: Path): SchemaFacts {
  let places: readonly JsonSchema[] = branches(schema, schema);
  for (const part of path)
    places = places.flatMap((place) => inner(place, part)).flatMap((place) => branches(place, schema));
  return {
    description: places.map((place) => place['description']).find((text) => typeof text === 'string') ?? null,
    keys: [...new Set(places.flatMap((place) => Object.keys(record(place['properties']) ?? {})))],
  };
}

function inner(place: JsonSchema, part: string | number): readonly JsonSchema[] {
  const next =
    typeof part === 'number' ? place['items'] : (record(place['properties'])?.[part] ?? place['additionalProperties']);
  const found = record(next);
  return found === null ? [] : [found];
}

function branches(place: JsonSchema, root: JsonSchema): readonly JsonSchema[] {
  const reference = place['$ref'];
  if (typeof reference === 'string') {
    const name = reference.split('/').at(-1) ?? '';
    const target = record(record(root['definitions'])?.[name]);
    return target === null ? [] : branches(target, root);
  }
  const options = [place['anyOf'], place['oneOf'], place['allOf']].flatMap((list) => (Array.isArray(list) ? list : []));
  return [place, ...options.flatMap((option) => branches(record(option) ?? {}, root))];
}

function record(value: unknown): JsonSchema | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : null;
}
