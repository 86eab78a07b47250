import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./6ND3CJEL.js";import"./NFOEH4IE.js";import"./BQMCPCIV.js";import"./Q7SECFT6.js";import"./C6OQVA3Z.js";import"./ZZTBWWWX.js";import"./LPEJDOUH.js";import"./R2KZ37D5.js";import"./LOP4XTBE.js";import"./SQAY6IIJ.js";import"./KT3J7JOM.js";export{a as action};
