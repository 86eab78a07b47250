// Minutes of work on one label: a promotion and a rollback killed at every call that they make, two processes that fight
// for it, readers while it moves two hundred times. A test for each hundreds of kills, rounds or turns.
export default {
  extensions: ['ts'],
  files: [
    'test/{sweep,contention}/**/*.test.ts',
    // What is killed in the middle, and every command of the pages.
    'test/faults/{killed,images-killed}.test.ts',
    'test/docs*.test.ts',
  ],
  timeout: '60m',
};
