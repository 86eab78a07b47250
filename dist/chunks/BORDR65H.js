import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a,b}from"./IR3J76KV.js";import"./3K5FM5ZZ.js";import"./ZUBMYJ6N.js";import"./SSJQ3Z54.js";import"./KT3J7JOM.js";export{a as configSchema,b as jsonSchema};
