import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{A as a,B as b,C as c}from"./L3VRHCFV.js";import"./Q6SC3BZ6.js";import"./K36YKORO.js";import"./KT3J7JOM.js";export{b as policyFileSchema,a as policyFolderSchema,c as policyJsonSchema};
