import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{b as a,c as b}from"./ON35IIBT.js";import"./Z6UGIGV6.js";import"./BYPBO5JU.js";import"./KT3J7JOM.js";export{a as configSchema,b as jsonSchema};
