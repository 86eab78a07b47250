import { testCopies } from './copy-suite.ts';

testCopies(
  (['lab', 'real'] as const).flatMap((kind) =>
    (['v2', 'v3'] as const).flatMap((engine) =>
      (['anonymous', 'basic', 'token'] as const).map((auth) => ({ kind, engine, auth })),
    ),
  ),
);
