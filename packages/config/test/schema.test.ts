import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { jsonSchema } from '../src/schema.ts';

const schema: unknown = jsonSchema();

test('the committed JSON Schema is the one of this code', (t) => {
  const text = readFileSync(join(import.meta.dirname, '../tagflow.schema.json'), 'utf8');
  t.deepEqual(JSON.parse(text), schema, 'write it anew: npm run generate');
});

interface Place {
  readonly path: string;
  readonly value: Readonly<Record<string, unknown>>;
}

function places(value: unknown, path: string): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const here = Array.isArray(value) ? [] : [{ path, value: value as Readonly<Record<string, unknown>> }];
  return [...here, ...Object.entries(value).flatMap(([key, inner]) => places(inner, `${path}/${key}`))];
}

test('every key is described', (t) => {
  const silent = places(schema, '').flatMap(({ path, value }) =>
    Object.entries((value['properties'] as Record<string, Record<string, unknown>> | undefined) ?? {})
      .filter(([, property]) => !property['description'])
      .map(([key]) => `${path}/${key}`),
  );
  t.deepEqual(silent, []);
});

test('no mapping of fixed keys takes others', (t) => {
  const open = places(schema, '')
    .filter(({ value }) => value['properties'] !== undefined && value['type'] === 'object')
    .filter(({ value }) => value['additionalProperties'] !== false);
  t.deepEqual(open, []);
});
