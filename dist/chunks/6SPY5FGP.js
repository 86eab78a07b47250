import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a,b}from"./SG3D62DO.js";import"./L3VRHCFV.js";import"./3C54WELB.js";import"./Q6SC3BZ6.js";import"./K36YKORO.js";import"./KT3J7JOM.js";export{a as configSchema,b as jsonSchema};
