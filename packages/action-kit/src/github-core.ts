// Loaded by import() and only on GitHub: @actions/core brings an HTTP client with it, which no command line waits for.
// Names, not the library as a whole, so that the bundler can leave out the rest.
export {
  debug,
  endGroup,
  error,
  getInput,
  info,
  isDebug,
  notice,
  setOutput,
  setSecret,
  startGroup,
  summary,
  warning,
} from '@actions/core';
