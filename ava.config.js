// The rings that need nothing but Node and npm. The others have a configuration of their own beside them.
export default {
  extensions: ['ts'],
  files: [
    'packages/*/test/**/*.test.ts',
    'actions/*/test/**/*.test.ts',
    'test/**/*.test.ts',
    '!test/{peers,act,sweep,contention,zuul}/**',
  ],
  timeout: '2m',
};
