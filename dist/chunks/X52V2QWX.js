
import{a}from"./MG64AVT4.js";import"./WZS2JRPK.js";export{a as action};
