/** Where a value stands in tagflow.yaml, from the top. */
export type Path = readonly (string | number)[];

/** Returns the path as people write it, such as `phases.upstream.test.jobs[3].nodes`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const word = /^[\w-]+$/.test(part) ? part : JSON.stringify(part);
    return text === '' ? word : `${text}.${word}`;
  }, '');
}
