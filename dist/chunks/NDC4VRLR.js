import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./4PSFOEPU.js";import"./ME2VHLKS.js";import"./AV2HJ277.js";import"./J6BONY5L.js";import"./KLKCEEAA.js";import"./QQOEUKBD.js";import"./LOP4XTBE.js";import"./75MMF3VN.js";import"./KT3J7JOM.js";export{a as action};
