import test from 'ava';
import { accepted } from './dlrn/accepted.ts';
import { judge, type Found } from './dlrn/judge.ts';
import { questions } from './dlrn/questions.ts';
import type { RealDlrnOptions } from './dlrn/real-dlrn.ts';
import { startTwin, type Twin } from './dlrn/twin.ts';

// The lab's DLRN is what most tests of this repository talk to, so it has to answer as the released one does. Both are
// asked the same questions in the same order. A new question is a new line below dlrn/questions/.
const variants: Readonly<Record<string, RealDlrnOptions>> = {
  classic: { mode: 'classic' },
  'classic, two extended hashes': { mode: 'classic', extended: 'two' },
  component: { mode: 'component', packages: 2, commits: 8 },
  'component, extended': { mode: 'component', extended: true },
};

const twins = new Map<string, Twin>();

test.before('both start, in every variant', async () => {
  const starting = Object.entries(variants).map(async ([variant, options]) =>
    twins.set(variant, await startTwin(options)),
  );
  await Promise.all(starting);
});

test.after.always('both end', async () => {
  await Promise.all([...twins.values()].map((twin) => twin.close()));
});

// Serial: what a question changes, later ones see.
for (const question of questions) {
  test.serial(question.name, async (t) => {
    const asked = [...twins].filter(([variant]) => question.modes?.includes(variants[variant]!.mode) ?? true);
    const found = await Promise.all(
      asked.map(async ([variant, twin]): Promise<Found> => ({ variant, differences: await twin.ask(question) })),
    );
    const problems = judge(question, found, accepted);
    if (problems.length === 0) t.pass();
    else t.fail(`${question.ask}\n${problems.join('\n')}`);
  });
}

test('every accepted difference belongs to a question', (t) => {
  const names = new Set(questions.map((question) => question.name));
  t.deepEqual(
    accepted.filter(({ question }) => !names.has(question)),
    [],
  );
});
