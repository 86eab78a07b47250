import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a,b,c,d}from"./MGONFDYS.js";import"./PN4KYNSU.js";import"./B6UVJBIZ.js";import"./LPEJDOUH.js";import"./LOP4XTBE.js";import"./SQAY6IIJ.js";import"./KT3J7JOM.js";export{a as labHelp,c as labUp,b as refuseLabCommand,d as writeLabConfig};
