import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{n as a,o as b,p as c}from"./3K5FM5ZZ.js";import"./ZUBMYJ6N.js";import"./SSJQ3Z54.js";import"./KT3J7JOM.js";export{b as policyFileSchema,a as policyFolderSchema,c as policyJsonSchema};
