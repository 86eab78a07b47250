import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{d as a,e as b,f as c}from"./R2KZ37D5.js";import"./LOP4XTBE.js";import"./SQAY6IIJ.js";import"./KT3J7JOM.js";export{c as configDigest,a as loadConfig,b as parseConfig};
