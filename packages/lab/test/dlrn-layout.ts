import type { ExecutionContext } from 'ava';
import { type DlrnUnderTest, tree } from './dlrn-requests.ts';

/** Which files a label has: [path below the top, classic, component]. */
const layout: readonly (readonly [string, number, number])[] = [
  ['TAG/delorean.repo', 200, 200],
  ['TAG/delorean.repo.md5', 404, 200],
  ['TAG/commit.yaml', 200, 404],
  ['TAG/versions.csv', 200, 200],
  ['component/NAME/TAG/delorean.repo', 404, 200],
  ['component/NAME/TAG/delorean.repo.md5', 404, 404],
  ['component/NAME/TAG/commit.yaml', 404, 200],
  ['component/NAME/TAG/versions.csv', 404, 200],
  ['report.html', 200, 200],
];

/** Asserts that a label has the files that the mode gives it. */
export async function checkLayout(
  t: ExecutionContext,
  dlrn: DlrnUnderTest,
  label: string,
  component: string,
): Promise<void> {
  for (const [path, classic, components] of layout) {
    const place = path.replace('TAG', label).replace('NAME', component);
    t.is((await tree(dlrn, place)).status, dlrn.mode === 'classic' ? classic : components, place);
  }
}
