import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{b as a,c as b}from"./XTGZUPFP.js";import"./Z6UGIGV6.js";import"./RSJP5RW2.js";import"./KT3J7JOM.js";export{a as configSchema,b as jsonSchema};
