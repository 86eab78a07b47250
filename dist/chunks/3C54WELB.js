import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
var n=["full-hash","repo-url","release","distro","arch","job","featureset","nodes","key"];export{n as a};
