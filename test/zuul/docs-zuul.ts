import { blocks } from '../docs-page.ts';

/** Returns the YAML of docs/zuul.md: the place that its first line names → the text. */
export function docsYaml(): ReadonlyMap<string, string> {
  return new Map(
    blocks('zuul.md', 'yaml').map((block) => {
      const [first = ''] = block.split('\n');
      return [first.replace('# ', ''), `${block}\n`];
    }),
  );
}
