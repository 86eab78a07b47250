import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./5AEO6IQ5.js";import"./DEOTE5CI.js";import"./ZM5D7JYW.js";import"./ATBGUX3C.js";import"./ZHYIPSFN.js";import"./J6BONY5L.js";import"./KLKCEEAA.js";import"./QQOEUKBD.js";import"./LOP4XTBE.js";import"./75MMF3VN.js";import"./KT3J7JOM.js";export{a as action};
