
import{a}from"./A64YYU77.js";import"./WZS2JRPK.js";export{a as action};
