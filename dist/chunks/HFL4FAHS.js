import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{d as a,e as b,f as c}from"./AY7N5JGK.js";import"./LOP4XTBE.js";import"./BZF6CUDW.js";import"./KT3J7JOM.js";export{c as configDigest,a as loadConfig,b as parseConfig};
