import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{d as a,e as b,f as c}from"./QQOEUKBD.js";import"./LOP4XTBE.js";import"./75MMF3VN.js";import"./KT3J7JOM.js";export{c as configDigest,a as loadConfig,b as parseConfig};
