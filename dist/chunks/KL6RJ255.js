import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{b as a,c as b}from"./DT4B6NQT.js";import"./MVROADKZ.js";import"./OLM5COR4.js";import"./KT3J7JOM.js";export{a as configSchema,b as jsonSchema};
