import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{c as r}from"./K36YKORO.js";var t=class extends r{retryAfterMs;constructor(o,d,e={}){super(o,d,e),this.retryAfterMs=e.retryAfterMs}};export{t as a};
