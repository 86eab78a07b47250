
import{j as r}from"./WZS2JRPK.js";var t=class extends r{retryAfterMs;constructor(o,d,e={}){super(o,d,e),this.retryAfterMs=e.retryAfterMs}};export{t as a};
