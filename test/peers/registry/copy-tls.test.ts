import { testCopies } from './copy-suite.ts';

testCopies(
  (['v2', 'v3'] as const).flatMap((engine) =>
    (['anonymous', 'basic', 'token'] as const).map((auth) => ({ kind: 'real' as const, engine, auth, tls: true })),
  ),
);
