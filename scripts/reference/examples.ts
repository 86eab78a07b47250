import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { root } from '../workspaces.ts';

const folder = join('packages', 'config', 'examples');
const longest = 90;

/** Returns the first value of a key in the examples of tagflow.yaml, as one line of YAML; null where none has it. */
export type ExampleOf = (path: string) => string | null;

/** Reads the examples of tagflow.yaml, which a test loads one by one. */
export function readExamples(): ExampleOf {
  const files = readdirSync(join(root, folder)).filter((name) => name.endsWith('.yaml'));
  const documents = files.map((name): unknown => parse(readFileSync(join(root, folder, name), 'utf8')));
  return (path) => {
    const steps = path.split(/\.|(?=\[\])/);
    for (const document of documents) {
      for (const value of reach(document, steps)) {
        const line = stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
        if (line.length <= longest && !line.includes('\n')) return line;
      }
    }
    return null;
  };
}

function reach(value: unknown, [step, ...rest]: readonly string[]): readonly unknown[] {
  if (step === undefined) return [value];
  if (typeof value !== 'object' || value === null) return [];
  if (step === '[]') return Array.isArray(value) ? value.flatMap((item) => reach(item, rest)) : [];
  if (step === 'NAME') return Object.values(value).flatMap((item) => reach(item, rest));
  return Object.hasOwn(value, step) ? reach((value as Record<string, unknown>)[step], rest) : [];
}
