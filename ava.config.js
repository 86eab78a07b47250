// The rings that need nothing but Node and npm. The others have a configuration of their own beside them.
export default {
  extensions: ['ts'],
  files: [
    'packages/*/test/**/*.test.ts',
    'actions/*/test/**/*.test.ts',
    'test/**/*.test.ts',
    '!test/{peers,act,sweep,contention,zuul}/**',
    // Whole processes that are killed, and every command of the pages: they take minutes, and run in the ring sweep.
    '!test/faults/{killed,images-killed}.test.ts',
    '!test/docs*.test.ts',
  ],
  timeout: '2m',
};
