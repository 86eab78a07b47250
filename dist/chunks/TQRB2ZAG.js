import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{b as a,c as b}from"./KFPHNZGW.js";import"./MVROADKZ.js";import"./OE2AORDU.js";import"./KT3J7JOM.js";export{a as configSchema,b as jsonSchema};
