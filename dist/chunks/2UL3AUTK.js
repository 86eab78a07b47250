
var n=["full-hash","repo-url","release","distro","arch","job","featureset","nodes","key"];export{n as a};
